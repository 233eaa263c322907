import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { sessionQuery } from './session';

export interface PasswordChange {
  current_password: string;
  new_password: string;
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: PasswordChange) => api.put('/session/password', change),
    onSuccess: () => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  });
}
