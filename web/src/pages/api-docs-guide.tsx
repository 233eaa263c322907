import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { usePermission } from '../api/session';
import { curlLine } from '../lib/curl';
import { CopyField } from '../ui/CopyField';
import classes from './api-docs.module.css';
import guide from './api-docs-guide.module.css';

const CODES: [string, string][] = [
  ['signed_out', '401. No token, one that is unknown, or one that has ended.'],
  ['forbidden', '403. The token lacks a permission; the message names it.'],
  ['not_found', '404. There is no such thing (any more).'],
  ['bad_request', '400. The request cannot be understood.'],
  ['invalid', '422. Some fields cannot be as they are; fields has a sentence for each.'],
  ['conflict', '409. It does not go together with what is there.'],
  ['connection_failed', '422. HaloPSA could not be reached or refused; steps says how far the test came.'],
  ['halo_failed', '502. HaloPSA did not answer as it should.'],
  ['too_many_attempts', '429. Wait for retry_after_s seconds.'],
  ['starting', '503. The server is starting; try again after retry_after_s seconds.'],
  ['internal', '500. A fault of Haloscope; request_id names the request in its log.'],
];

const EXAMPLE = `{
  "error": {
    "code": "forbidden",
    "message": "This needs the permission manage_users.",
    "advice": "Make a token that has it.",
    "request_id": "0192f3a1"
  }
}`;

/** How a program signs in, and what it is told when something fails. */
export function ApiGuide() {
  const mayMake = usePermission('manage_tokens');
  return (
    <div className={guide.guide}>
      <section aria-labelledby="authenticate">
        <h2 className={guide.guideTitle} id="authenticate">
          Authenticate
        </h2>
        <p className={classes.text}>
          Send a token with each request, in the header <code>Authorization: Bearer TOKEN</code>.{' '}
          {mayMake ? (
            <Anchor component={Link} to="/administration/tokens" hash="make" inherit underline="always">
              Make a token
            </Anchor>
          ) : (
            'An administrator makes tokens under Administration, API tokens.'
          )}{' '}
          Times are RFC 3339 in UTC.
        </p>
        <CopyField label="Example" value={curlLine(window.location.origin, '/connections', 'TOKEN')} />
      </section>
      <section aria-labelledby="errors">
        <h2 className={guide.guideTitle} id="errors">
          Errors
        </h2>
        <p className={classes.text}>
          Every answer that is no success has this body. <code>code</code> is for programs and stays;{' '}
          <code>message</code> and <code>advice</code> are for people and may change.
        </p>
        <details className={classes.nested}>
          <summary>Form and codes</summary>
          {/* Wide lines scroll inside: reachable by keyboard. */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must take the focus */}
          <pre className={guide.code} tabIndex={0}>
            {EXAMPLE}
          </pre>
          <dl className={guide.codes}>
            {CODES.map(([code, sentence]) => (
              <div key={code}>
                <dt>
                  <code>{code}</code>
                </dt>
                <dd>{sentence}</dd>
              </div>
            ))}
          </dl>
        </details>
      </section>
    </div>
  );
}
