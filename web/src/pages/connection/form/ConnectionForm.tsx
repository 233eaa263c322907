import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSaveConnection, useTestConnection } from '../../../api/connect';
import { useSession } from '../../../api/session';
import type { ConnectionDetail, Saved, TestStep } from '../../../api/types';
import { quoted } from '../../../lib/format';
import { ActionButton } from '../../../ui/ActionButton';
import { ErrorState } from '../../../ui/ErrorState';
import { Notice } from '../../../ui/Notice';
import { focusFirst, placeProblem } from '../../../ui/problem';
import { useLong } from '../../../ui/useLong';
import { AskedLine } from '../asked';
import { Line } from '../parts';
import { Fields } from './Fields';
import classes from './form.module.css';
import { More } from './More';
import { Permissions } from './Permissions';
import { Steps } from './TestResult';
import { useConnectionForm } from './useConnectionForm';
import { formOf, isUntouched, resultWords, sampleValues, type Values } from './values';

const IN_MORE = ['name', 'allow_private_address', 'request_limit', 'window_seconds', 'reserve_percent'];

interface Result {
  of: 'test' | 'save';
  steps: TestStep[];
  ok: boolean;
}

function ResultCard({ result, isKept }: { result: Result; isKept: boolean }) {
  const says = resultWords(result.of, result.ok, isKept);
  const place = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new result is brought into view
  useEffect(() => {
    // Newer browsers answer with a promise, which would be taken for the effect's clean-up.
    void place.current?.scrollIntoView({ block: 'nearest' });
  }, [result]);
  return (
    <section ref={place} className={classes.card} aria-label="What the steps came to">
      <Notice kind={result.ok ? 'good' : 'bad'} title={says.title}>
        {says.more}
      </Notice>
      <Steps steps={result.steps} />
    </section>
  );
}

interface Props {
  detail: ConnectionDetail | null;
  onSaved: (saved: Saved) => void;
}

export function ConnectionForm({ detail, onSaved }: Props) {
  const { sample } = useSession();
  const atSecret = useLocation({ select: ({ hash }) => hash === 'client_secret' });
  const [replacing, setReplacing] = useState(atSecret);
  const { form, warnings, onLeave, changed, reset } = useConnectionForm(detail, detail !== null && !replacing);
  const [more, setMore] = useState(false);
  const [empty, setEmpty] = useState(true);
  const [problem, setProblem] = useState<unknown>(null);
  const [result, setResult] = useState<Result | null>(null);
  const test = useTestConnection(detail?.id ?? null);
  const save = useSaveConnection(detail?.id ?? null);
  /** The field that is to take the cursor, once it is drawn. */
  const [toFocus, setToFocus] = useState<string | null>(null);
  useEffect(() => {
    if (toFocus === null) return;
    form.getInputNode(toFocus)?.focus();
    setToFocus(null);
  }, [toFocus, form]);

  const goTo = (fields: string[]) => {
    if (fields.includes('client_secret')) setReplacing(true);
    if (fields.some((field) => IN_MORE.includes(field))) setMore(true);
    setToFocus(fields[0] ?? null);
  };
  const show = (of: Result['of'], steps: TestStep[], ok: boolean) => {
    setResult({ of, steps, ok });
    const wrong = steps.find(({ state, field }) => state === 'failed' && field);
    if (!wrong?.field) return;
    form.setFieldError(wrong.field, quoted([wrong.sentence, wrong.advice].filter(Boolean).join(' ')));
    goTo([wrong.field]);
  };
  const onError = (error: unknown) => {
    const steps = (error as { problem?: { steps?: TestStep[] | null } }).problem?.steps;
    if (steps) return show('save', steps, false);
    setProblem(placeProblem(form, error));
    const fields = (error as { problem?: { fields?: Record<string, string> | null } }).problem?.fields;
    if (fields) goTo(Object.keys(fields));
  };
  const begin = () => {
    setProblem(null);
    setResult(null);
    form.clearErrors();
  };
  const onCancel = () => {
    reset();
    setReplacing(false);
    setProblem(null);
    setResult(null);
  };
  const isAsKept = !changed && !replacing && result === null && problem === null;
  const onInvalid = (errors: Record<string, unknown>) => {
    // A plain http address is allowed there.
    const plain = [errors.auth_url, errors.resource_url].some((error) => String(error ?? '').includes('under More'));
    if (plain || IN_MORE.some((field) => errors[field])) setMore(true);
    focusFirst(form, errors);
  };
  const busy = test.isPending || save.isPending;
  const onSave = form.onSubmit((values) => {
    if (busy) return;
    begin();
    save.mutate(formOf(values), { onSuccess: onSaved, onError });
  }, onInvalid);
  const onTest = () => {
    if (busy) return;
    const { hasErrors, errors } = form.validate();
    if (hasErrors) return onInvalid(errors);
    begin();
    test.mutate(formOf(form.getValues()), { onSuccess: ({ steps, ok }) => show('test', steps, ok), onError });
  };
  const fillIn = () => {
    if (sample) form.setValues(sampleValues(sample) as Values);
    setEmpty(false);
  };
  return (
    <div className={classes.columns}>
      <div className={classes.left}>
        <form
          className={classes.card}
          onSubmit={onSave}
          onBlur={onLeave}
          onChange={() => setEmpty(isUntouched(form.getValues()))}
          noValidate
        >
          <div className={classes.intro}>
            <p>Five values from HaloPSA. All are required.</p>
            {sample && !detail && empty && (
              <Button variant="subtle" size="compact-sm" onClick={fillIn}>
                Fill in the sample values
              </Button>
            )}
          </div>
          <Fields
            form={form}
            warnings={warnings}
            detail={detail}
            replacing={replacing}
            onReplace={() => setReplacing(true)}
          />
          <More form={form} open={more} onToggle={setMore} />
          <div className={classes.buttons}>
            <Button type="submit" aria-disabled={busy || undefined} data-disabled={busy || undefined}>
              {save.isPending ? 'Saving…' : 'Save And Sync'}
            </Button>
            <Button
              variant="default"
              onClick={onTest}
              aria-disabled={busy || undefined}
              data-disabled={busy || undefined}
            >
              {test.isPending ? 'Testing…' : 'Test connection'}
            </Button>
            {detail && (
              <ActionButton
                variant="subtle"
                blocked={
                  busy ? 'HaloPSA is being asked. Wait for its answer.' : isAsKept ? 'Nothing is changed.' : null
                }
                onClick={onCancel}
              >
                Cancel
              </ActionButton>
            )}
          </div>
        </form>
        {problem !== null && <ErrorState error={problem} />}
        {result && <ResultCard result={result} isKept={detail !== null} />}
        {busy && <Waiting id={detail?.id ?? null} isTest={test.isPending} />}
      </div>
      <Permissions />
    </div>
  );
}

function Waiting({ id, isTest }: { id: number | null; isTest: boolean }) {
  const long = useLong(true);
  const leave = isTest ? 'stay on this page to see the result.' : 'it goes on if you leave this page.';
  return (
    <div className={classes.card} role="status">
      {long ? (
        <AskedLine id={id} leave={leave} />
      ) : (
        <Line>HaloPSA is asked: sign-in, each kind of record, and the request limit. This takes a few seconds.</Line>
      )}
    </div>
  );
}
