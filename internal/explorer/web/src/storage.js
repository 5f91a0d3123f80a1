import { createLocalStorage } from '@graphiql/toolkit';

const setting = 'graphiql:shouldPersistHeaders';
const headers = 'graphiql:headers';
const withHeaders = ['graphiql:tabState', 'graphiql:queries', 'graphiql:favorites'];

// keepsHeaders tells whether "Persist headers" is on in the settings. It is off until somebody turns it on.
export function keepsHeaders(storage) {
  return storage.getItem(setting) === 'true';
}

// openStorage gives a part of the browser's storage that keeps no headers, and so no API keys, unless "Persist headers" is on.
// GraphiQL alone would keep them in its history, and writes its tabs so late that they can come after the setting is off.
export function openStorage(namespace) {
  const storage = createLocalStorage({ namespace });
  const { setItem } = storage;
  storage.setItem = (name, value) => {
    setItem(name, keepsHeaders(storage) ? value : withoutHeaders(name, value));
    if (name === setting && value !== 'true') forgetHeaders(storage);
  };
  return storage;
}

function withoutHeaders(name, value) {
  if (name === headers) return '';
  if (!withHeaders.includes(name)) return value;
  return JSON.stringify(JSON.parse(value), (key, part) => (key === 'headers' ? null : part));
}

function forgetHeaders(storage) {
  for (const name of [headers, ...withHeaders]) {
    const value = storage.getItem(name);
    if (value) storage.setItem(name, value);
  }
}
