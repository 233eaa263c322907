import { quoted } from '../../../lib/format';
import classes from './sync.module.css';

/** A sentence below a row, as wide as the table. */
export function Why({ children }: { children: string }) {
  return (
    <tr>
      <td colSpan={6} className={classes.whyCell}>
        <div className={classes.why}>{quoted(children)}</div>
      </td>
    </tr>
  );
}
