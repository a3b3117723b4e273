import { createHash } from 'node:crypto';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;

/** How often an AWS cron expression comes round in a day, on average; less than 1 if it skips days. */
export function runsPerDay(schedule: string): number {
  const [minutes, hours, days, months, weekdays] = schedule.replace(/^cron\(|\)$/g, '').split(' ') as Fields;
  const onADay = count(minutes, 0, MINUTES_PER_HOUR - 1) * count(hours, 0, HOURS_PER_DAY - 1);
  const ofDays = count(days, 1, 31) / 31;
  const ofMonths = count(months, 1, MONTHS.length, MONTHS) / MONTHS.length;
  const ofWeekdays = count(weekdays, 1, WEEKDAYS.length, WEEKDAYS) / WEEKDAYS.length;
  return onADay * ofDays * ofMonths * ofWeekdays;
}

/**
 * When the crawler of a data set goes that is brought in by this schedule: no more than once a day, for Glue bills ten
 * minutes of each crawl; and each at another minute, for it runs so many crawlers at a time.
 */
export function crawlSchedule(dataset: string, schedule: string): string {
  if (runsPerDay(schedule) < 1) return schedule;
  const minuteOfDay = createHash('sha256').update(dataset).digest().readUInt32BE() % (MINUTES_PER_HOUR * HOURS_PER_DAY);
  return `cron(${minuteOfDay % MINUTES_PER_HOUR} ${Math.floor(minuteOfDay / MINUTES_PER_HOUR)} * * ? *)`;
}

type Fields = [minutes: string, hours: string, days: string, months: string, weekdays: string];

/** How many of the values from `first` to `last` a field allows; `names` are other words for them. */
function count(field: string, first: number, last: number, names: readonly string[] = []): number {
  const value = (text: string) => (names.includes(text) ? names.indexOf(text) + first : Number(text));
  const sizes = field.split(',').map((part) => {
    const [range = '', step] = part.split('/');
    if (step === undefined && /^\w+$/.test(range)) return 1;
    const [from = first, to = last] = /^[*?]$/.test(range) ? [] : range.split('-').map(value);
    const span = to < from ? to - from + last - first + 1 : to - from;
    return Math.floor(span / Number(step ?? 1)) + 1;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
