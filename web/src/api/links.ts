import { queryOptions, useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from './client';
import { adoptSession } from './session';
import type { LinkView, SessionView, WorkingHours } from './types';

/** The token behind `#` of a one-time link: the browser never sends that part anywhere by itself. */
function tokenOfAddress(): string | null {
  return window.location.hash.slice(1) || null;
}

/** Stays when the page is left; follows when somebody pastes another link into the address of the page that is open. */
export function useTokenOfAddress(): string | null {
  const [token, setToken] = useState(tokenOfAddress);
  useEffect(() => {
    const onChange = () => setToken((before) => tokenOfAddress() ?? before);
    window.addEventListener('hashchange', onChange);
    return () => window.removeEventListener('hashchange', onChange);
  }, []);
  return token;
}

export const linkQuery = (token: string | null) =>
  queryOptions({
    queryKey: ['link', token],
    queryFn: () => api.post<LinkView>('/links/look', { token }),
    enabled: token !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface UseLink {
  token: string;
  name?: string;
  display_name?: string;
  password?: string;
  zone?: string;
  workspace?: string;
  working_hours?: WorkingHours[];
}

export function useUseLink() {
  return useMutation({
    mutationFn: (link: UseLink) => api.post<SessionView>('/links/use', link),
    onSuccess: adoptSession,
  });
}

export function useSignIn() {
  return useMutation({
    mutationFn: (credentials: { name: string; password: string }) => api.post<SessionView>('/session', credentials),
    onSuccess: adoptSession,
  });
}
