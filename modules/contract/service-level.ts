import type { ServiceLevel } from './data-set';
import { oneOf, type Report } from './errors';
import type { Promised } from './schema';

const HOURS = { min: 1 / 60, h: 1, d: 24, w: 7 * 24, mo: 30 * 24, y: 365 * 24 };
type Unit = keyof typeof HOURS;
const UNIT_NAMES: Record<string, Unit> = {
  ...{ min: 'min', minute: 'min', minutes: 'min', h: 'h', hr: 'h', hour: 'h', hours: 'h', d: 'd', day: 'd', days: 'd' },
  ...{ w: 'w', week: 'w', weeks: 'w', mo: 'mo', month: 'mo', months: 'mo', y: 'y', yr: 'y', year: 'y', years: 'y' },
};
const GIGABYTES: Record<string, number> = { 'MB/d': 1 / 1024, 'GB/d': 1, 'TB/d': 1024 };

/** AWS schedules, in UTC, for frequencies at which a cron expression repeats without a jump. */
const SCHEDULES: Record<Unit, (every: number) => string | undefined> = {
  // Glue starts no trigger more often than every 5 minutes.
  min: (every) => (every >= 5 && 60 % every === 0 ? `cron(0/${every} * * * ? *)` : undefined),
  h: (every) => (24 % every === 0 ? `cron(0 0/${every} * * ? *)` : undefined),
  d: (every) => (every === 1 ? 'cron(0 0 * * ? *)' : undefined),
  w: (every) => (every === 1 ? 'cron(0 0 ? * MON *)' : undefined),
  mo: (every) => (every === 1 ? 'cron(0 0 1 * ? *)' : undefined),
  y: (every) => (every === 1 ? 'cron(0 0 1 1 ? *)' : undefined),
};

/** What the service-level properties promise. */
export function resolveServiceLevel(promises: readonly Promised[], report: Report): ServiceLevel {
  const resolve = <T>(name: Promised['property'], to: (promise: Promised, report: Report) => T | null): T | null => {
    const indexes = promises.flatMap((each, index) => (each.property === name ? [index] : []));
    indexes.slice(1).forEach((index) => report(['slaProperties', index, 'property'], 'must stand once', name));
    const promise = promises[indexes[0] ?? -1];
    const inPromise: Report = (path, rule, value) => report(['slaProperties', indexes[0] ?? 0, ...path], rule, value);
    return promise ? to(promise, inPromise) : null;
  };
  return {
    schedule: resolve('frequency', toSchedule),
    latencyHours: resolve('latency', toHours),
    retentionDays: resolve('retention', (promise, inPromise) => {
      const hours = toHours(promise, inPromise);
      return hours === null ? null : Math.ceil(hours / 24);
    }),
    dailyVolumeGb: resolve('volume', toDailyGigabytes),
  };
}

function toSchedule(promise: Promised, report: Report): string | null {
  if (promise.schedule !== undefined) return fromUnixCron(promise.schedule, report);
  const every = toPositive(promise, report);
  const unit = toUnit(promise, report);
  if (every === null || unit === null) return null;
  const schedule = Number.isInteger(every) ? SCHEDULES[unit](every) : undefined;
  if (schedule === undefined) {
    const allowed = '5 to 30 min that divide an hour, 1 to 12 h that divide a day, 1 d, 1 w, 1 mo, 1 y';
    report(['value'], `must be one of ${allowed}; or give a cron schedule`, `${every} ${unit}`);
  }
  return schedule ?? null;
}

/** `0 20 * * 1-5` → `cron(0 20 ? * 2-6 *)`: AWS adds a year, counts from Sunday = 1, and wants one day field to be `?`. */
function fromUnixCron(schedule: string, report: Report): string | null {
  const [minute, hour, day, month, weekday, ...rest] = schedule.trim().split(/\s+/);
  if (weekday === undefined || rest.length > 0 || !/^[\d*,/A-Za-z\s-]+$/.test(schedule)) {
    report(['schedule'], 'must have the five fields minute, hour, day, month, weekday of cron', schedule);
    return null;
  }
  if (day !== '*' && weekday !== '*') {
    report(['schedule'], 'must leave day or weekday at *', schedule);
    return null;
  }
  const days = weekday === '*' ? `${day} ${month} ?` : `? ${month} ${toAwsWeekdays(weekday)}`;
  return `cron(${minute} ${hour} ${days} *)`;
}

function toAwsWeekdays(weekdays: string): string {
  const [list = '', ...step] = weekdays.split('/');
  return [list.replace(/\d+/g, (digit) => String((Number(digit) % 7) + 1)), ...step].join('/');
}

function toHours(promise: Promised, report: Report): number | null {
  const value = toPositive(promise, report);
  const unit = toUnit(promise, report);
  return value === null || unit === null ? null : value * HOURS[unit];
}

function toDailyGigabytes(promise: Promised, report: Report): number | null {
  const value = toPositive(promise, report);
  const gigabytes = GIGABYTES[promise.unit ?? ''];
  if (gigabytes === undefined) report(['unit'], oneOf(Object.keys(GIGABYTES)), promise.unit);
  return value === null || gigabytes === undefined ? null : value * gigabytes;
}

function toPositive({ value }: Promised, report: Report): number | null {
  if (typeof value === 'number' && value > 0) return value;
  report(['value'], 'must be a number greater than 0', value);
  return null;
}

function toUnit({ unit = '' }: Promised, report: Report): Unit | null {
  const known = UNIT_NAMES[unit];
  if (known === undefined) report(['unit'], oneOf(Object.keys(HOURS)), unit);
  return known ?? null;
}
