/** 1234567.891 → `1,234,567.9`; what was not counted → `–`. */
export function formatNumber(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** A share in percent; a small one is never shown as none, and one that is not the whole never as the whole. */
export function formatShare(part: number, whole: number): string {
  const percent = (100 * part) / (whole || 1);
  if (percent > 0 && percent < 0.1) {
    return '< 0.1 %';
  }
  return percent > 99.9 && percent < 100 ? '> 99.9 %' : `${formatNumber(percent)} %`;
}

/** 42.13 → `42.1 s`, 3723 → `1 h 2 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) {
    return `${formatNumber(seconds)} s`;
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1.5 → `$1.50`; less than a cent, but something, is never shown as nothing. */
export function formatUsd(usd: number): string {
  return usd > 0 && usd < 0.01
    ? '< $0.01'
    : `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** 90000 → `25 h`, 200000 → `2 days`. */
export function formatAge(seconds: number): string {
  const hours = seconds / 3600;
  if (hours < 1) return `${Math.max(0, Math.round(seconds / 60))} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

/** `2013-01-01T05:04:03.210Z` → `2013-01-01 05:04:03 UTC`. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
