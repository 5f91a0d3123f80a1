import { createLocalStorage } from '@graphiql/toolkit';

const setting = 'graphiql:shouldPersistHeaders';
const histories = ['graphiql:queries', 'graphiql:favorites'];

// keepsHeaders tells whether "Persist headers" is on in the settings. It is off until somebody turns it on.
export function keepsHeaders(storage) {
  return storage.getItem(setting) === 'true';
}

// openStorage gives a part of the browser's storage in which no API key stays that a header holds, unless "Persist headers" is
// on. GraphiQL sees to that for its tabs, but its history would keep the headers of every request.
export function openStorage(namespace) {
  const storage = createLocalStorage({ namespace });
  const { setItem } = storage;
  storage.setItem = (name, value) => {
    setItem(name, histories.includes(name) && !keepsHeaders(storage) ? withoutHeaders(value) : value);
    if (name === setting && !keepsHeaders(storage)) forgetHeaders(storage);
  };
  return storage;
}

function forgetHeaders(storage) {
  for (const name of histories) {
    const history = storage.getItem(name);
    if (history) storage.setItem(name, history);
  }
}

function withoutHeaders(json) {
  return JSON.stringify(JSON.parse(json), (name, value) => (name === 'headers' ? undefined : value));
}
