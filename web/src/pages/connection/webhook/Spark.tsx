import classes from './webhook.module.css';
import { sparkWords } from './words';

const HEIGHT = 16;
const WIDTH = 4;

/** 24 hours as bars from zero, with the same in words. */
export function Spark({ byHour }: { byHour: number[] }) {
  const most = Math.max(1, ...byHour);
  const words = sparkWords(byHour);
  return (
    <svg width={byHour.length * WIDTH} height={HEIGHT} role="img" aria-label={words} className={classes.spark}>
      <title>{words}</title>
      <rect x={0} y={HEIGHT - 1} width={byHour.length * WIDTH} height={1} className={classes.sparkBase} />
      {byHour.map((events, hour) => {
        const height = events === 0 ? 0 : Math.max(2, (events / most) * HEIGHT);
        // biome-ignore lint/suspicious/noArrayIndexKey: the hour is what a bar stands for
        return <rect key={hour} x={hour * WIDTH} y={HEIGHT - height} width={WIDTH - 1} height={height} />;
      })}
    </svg>
  );
}
