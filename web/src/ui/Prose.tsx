import { Box, type BoxProps } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Prose.module.css';

/** Running text of at most about 70 characters a line. */
export function Prose({ children, ...box }: BoxProps & { children: ReactNode }) {
  return (
    <Box className={classes.prose} {...box}>
      {children}
    </Box>
  );
}
