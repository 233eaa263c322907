import './fonts.css';
import './mantine.css';
import './tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query';
import { sessionQuery } from './api/session';
import { router } from './router';
import { cssVariables, theme } from './theme';

// Asked for before anything is drawn: every page waits for it.
void queryClient.prefetchQuery(sessionQuery);

// After an update of the server the chunks that an open page knows are gone; a fresh page knows the new ones. Once only:
// if they are still missing after that, the router shows the error.
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('reloaded_at'));
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem('reloaded_at', String(Date.now()));
  event.preventDefault();
  window.location.reload();
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has the element #root');

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
