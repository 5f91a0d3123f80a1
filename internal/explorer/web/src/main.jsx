import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './main.css';
import './workers.js';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { Tab, Tooltip, UnStyledButton } from '@graphiql/react';
import { createRoot } from 'react-dom/client';
import { fetcher, newestArticle } from './api.js';
import { readyTabs } from './queries.js';
import { keepsHeaders, openStorage } from './storage.js';
import { forgetTabs, inWords, prepareTabs } from './tabs.js';

const OperationButton = Tab.Button;
Tab.Button = ({ title, children, ...props }) => (
  <OperationButton title={inWords(title)} {...props}>
    {inWords(children)}
  </OperationButton>
);

const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

const article = await newestArticle();
// Two newsrooms served at the same address, one after the other, keep their own tabs.
const storage = openStorage(`dateline:${article.site}`);
prepareTabs(storage, readyTabs(article));

function reopenReadyTabs() {
  if (!confirm('Close all tabs and open the ready queries again?')) return;
  forgetTabs(storage);
  location.reload();
}

createRoot(document.getElementById('root')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={plugins}
    defaultEditorToolsVisibility="variables"
    isHeadersEditorEnabled
    shouldPersistHeaders={keepsHeaders(storage)}
    showPersistHeadersSettings
  >
    <GraphiQL.Logo>
      <span className="welcome">
        <strong>Dateline</strong> — explore the newsroom’s GraphQL API
      </span>
      <Tooltip label="Close all tabs and open the ready queries again">
        <UnStyledButton type="button" onClick={reopenReadyTabs}>
          Ready queries
        </UnStyledButton>
      </Tooltip>
      <a href="/schema.graphqls">Schema</a>
    </GraphiQL.Logo>
  </GraphiQL>,
);
