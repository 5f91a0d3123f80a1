import { parse } from 'graphql';

const endpoint = '/graphql';

async function post(request, { headers, signal } = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
    signal,
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${endpoint} answered ${response.status} ${response.statusText} with no JSON: ${text.slice(0, 500)}`);
  }
}

// operationNames gives none for a document that does not parse; the server says what is wrong with it.
export function operationNames(document) {
  try {
    return parse(document).definitions.filter((d) => d.kind === 'OperationDefinition').map((d) => d.name?.value);
  } catch {
    return [];
  }
}

// fetcher drops an operation name that is not in the document: right after a change of tabs GraphiQL still has the old one.
export function fetcher({ query, variables, operationName }, options) {
  const name = operationNames(query).includes(operationName) ? operationName : undefined;
  return post({ query, variables, operationName: name }, options);
}

const newest = 'query NewestArticle { site { name } articles(first: 1) { nodes { path title } } }';

// newestArticle tells what the ready queries can be about: { site, path, title }. Where the server gives no answer in good
// time, a value is empty, and the ready queries keep the variables they come with.
export async function newestArticle() {
  try {
    const { data } = await post({ query: newest }, { signal: AbortSignal.timeout(3000) });
    const article = data?.articles?.nodes?.[0];
    return { site: data?.site?.name ?? '', path: article?.path ?? '', title: article?.title ?? '' };
  } catch {
    return { site: '', path: '', title: '' };
  }
}
