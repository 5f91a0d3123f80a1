import { operationNames } from './api.js';
import { newTab } from './tabs.js';

// The documents are Go's too (explorer.Queries): the order of the file names is the order of the tabs.
const documents = import.meta.glob('../../queries/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob('../../queries/*.json', { import: 'default', eager: true });

// readyTabs gives the tabs of a first visit, with variables that fit the article { path, title }.
export function readyTabs(article) {
  return Object.keys(documents).sort().map((file) => {
    const values = fit(variables[file.replace(/graphql$/, 'json')], article);
    return newTab(operationNames(documents[file])[0], documents[file], JSON.stringify(values, null, 2));
  });
}

function fit(values, { path, title }) {
  const fitted = { ...values };
  if (path && 'path' in values) fitted.path = path;
  const word = longestWord(title);
  if (word && 'query' in values) fitted.query = word;
  return fitted;
}

function longestWord(text) {
  const words = text.match(/[\p{L}\p{M}]{4,}/gu) ?? [];
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}
