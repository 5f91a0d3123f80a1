const key = {
  tabs: 'graphiql:tabState',
  query: 'graphiql:query',
  variables: 'graphiql:variables',
  headers: 'graphiql:headers',
};

// prepareTabs makes GraphiQL open with the tabs of the last visit or, on a first one, with the ready tabs. GraphiQL keeps
// what its editors hold apart from its tabs, and where the two differ it opens one tab more, so they are made equal here.
export function prepareTabs(storage, ready) {
  const state = storedTabs(storage) ?? { activeTabIndex: 0, tabs: ready };
  const active = state.tabs[state.activeTabIndex];
  storage.setItem(key.tabs, JSON.stringify(state));
  storage.setItem(key.query, active.query ?? '');
  storage.setItem(key.variables, active.variables ?? '');
  storage.setItem(key.headers, active.headers ?? '');
}

export function forgetTabs(storage) {
  for (const name of Object.values(key)) storage.removeItem(name);
}

function storedTabs(storage) {
  try {
    const state = JSON.parse(storage.getItem(key.tabs));
    return state.tabs[state.activeTabIndex] ? state : null;
  } catch {
    return null;
  }
}

// newTab has the shape in which GraphiQL stores a tab.
export function newTab(operationName, query, variables) {
  return { id: operationName, title: operationName, operationName, query, variables, headers: null, response: null };
}

// inWords turns the title that GraphiQL gives a tab, the operation's name, into words: OnThisDay into "On this day".
export function inWords(title) {
  return title.replace(/(?<=\p{Ll})\p{Lu}/gu, (letter) => ` ${letter.toLowerCase()}`);
}
