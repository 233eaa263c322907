import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { sessionQuery } from './session';
import type { Role, UserLink, UserView } from './types';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => api.get<UserView[]>('/users', signal),
});

export interface NewUser {
  name: string;
  display_name: string;
  role: Role;
}

export interface UserChange {
  display_name?: string;
  role?: Role;
  disabled?: boolean;
}

function useRenew() {
  const client = useQueryClient();
  // A change to oneself changes what the session may do.
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: usersQuery.queryKey }),
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ]);
}

export function useAddUser() {
  const renew = useRenew();
  return useMutation({
    mutationFn: (user: NewUser) => api.post<{ user: UserView; link: UserLink }>('/users', user),
    onSuccess: () => void renew(),
  });
}

export function useChangeUser(id: number) {
  const renew = useRenew();
  return useMutation({
    mutationFn: (change: UserChange) => api.patch<UserView>(`/users/${id}`, change),
    onSuccess: renew,
  });
}

export function useUserLink(id: number) {
  return useMutation({ mutationFn: () => api.post<UserLink>(`/users/${id}/link`) });
}

export function useRemoveUser(id: number) {
  const renew = useRenew();
  return useMutation({ mutationFn: () => api.delete(`/users/${id}`), onSuccess: renew });
}
