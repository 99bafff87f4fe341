/** Times: as servers list them, `2026-11-21T04:00:00.000Z`, and as the index writes them, without milliseconds that are zero. */

const DAY_MS: i64 = 86_400_000;
/** 0000-01-01 to 9999-12-31, the years that ISO 8601 writes with four digits. */
const FIRST_MS: f64 = -62_167_219_200_000;
const LAST_MS: f64 = 253_402_300_799_999;
/** `2026-11-21T` of the day that was written last: neighbours are mostly of one day. */
const dayText = memory.data(16);
let lastDay: i64 = -1_000_000_000; // None that is written.

/** Milliseconds since the epoch, the fraction cut to three digits; NaN where the text is anything else or no such time. */
export function parseTime(text: usize, end: usize): f64 {
  const length = end - text;
  if (length < 20 || length > 30 || load<u8>(end - 1) != 0x5a /* Z */) return NaN;
  if (load<u8>(text, 4) != 0x2d || load<u8>(text, 7) != 0x2d || load<u8>(text, 10) != 0x54) return NaN;
  if (load<u8>(text, 13) != 0x3a || load<u8>(text, 16) != 0x3a) return NaN;
  const year = twoDigits(text) * 100 + twoDigits(text + 2);
  const month = twoDigits(text + 5);
  const day = twoDigits(text + 8);
  const hour = twoDigits(text + 11);
  const minute = twoDigits(text + 14);
  const second = twoDigits(text + 17);
  // What is no digit makes a number that is far too large.
  if (year > 9999 || month - 1 > 11 || day - 1 > daysIn(year, month) - 1) return NaN;
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  const seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return <f64>(seconds * 1000) + (length == 20 ? 0 : fractionMs(text + 19, end - 1));
}

const NO_DIGIT: u32 = 1_000_000;

function digit(at: usize): u32 {
  const value = <u32>load<u8>(at) - 0x30;
  return value <= 9 ? value : NO_DIGIT;
}

function twoDigits(at: usize): u32 {
  return digit(at) * 10 + digit(at + 1);
}

/** `.123`: a point and at least one digit. */
function fractionMs(at: usize, end: usize): f64 {
  if (load<u8>(at) != 0x2e || end - at < 2) return NaN;
  let value: u32 = 0;
  for (let i: usize = 1; i <= 3; i++) {
    value = value * 10 + (at + i < end ? digit(at + i) : 0);
    if (value > 999) return NaN;
  }
  for (let i = at + 4; i < end; i++) if (digit(i) > 9) return NaN;
  return <f64>value;
}

function daysIn(year: u32, month: u32): u32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar since 1970-01-01, counted in years that begin in March and in eras of 400 years. */
function daysSinceEpoch(year: u32, month: u32, day: u32): i64 {
  // One era later, so that nothing is negative.
  const y = (month <= 2 ? year - 1 : year) + 400;
  const m = month <= 2 ? month + 9 : month - 3;
  const dayOfYear = (153 * m + 2) / 5 + day - 1;
  return <i64>(365 * y + y / 4 - y / 100 + y / 400 + dayOfYear) - 719_468 - 146_097;
}

/** Writes a time, and returns the place behind it; 0 where there is no four-digit year for it, or it is not whole. */
export function writeTime(timeMs: f64, to: usize): usize {
  if (!(timeMs >= FIRST_MS && timeMs <= LAST_MS) || timeMs != trunc(timeMs)) return 0;
  const time = <i64>timeMs;
  // Rounded down, also before 1970.
  const day = (time >= 0 ? time : time - (DAY_MS - 1)) / DAY_MS;
  if (day != lastDay) setDay(day);
  v128.store(to, v128.load(dayText));
  const ofDayMs = <u32>(time - day * DAY_MS);
  const second = ofDayMs / 1000;
  const ms = ofDayMs - second * 1000;
  const minute = second / 60;
  const hour = minute / 60;
  let at = writeTwoDigits(hour, 0x3a, to + 11);
  at = writeTwoDigits(minute - hour * 60, 0x3a, at);
  at = writeTwoDigits(second - minute * 60, ms == 0 ? 0x5a : 0x2e, at);
  if (ms == 0) return at;
  store<u8>(at, 0x30 + ms / 100);
  return writeTwoDigits(ms % 100, 0x5a, at + 1);
}

function writeTwoDigits(number: u32, then: u32, to: usize): usize {
  store<u8>(to, 0x30 + number / 10);
  store<u8>(to, 0x30 + (number % 10), 1);
  store<u8>(to, then, 2);
  return to + 3;
}

/** The date of a day, by the way back from `daysSinceEpoch`. */
function setDay(day: i64): void {
  lastDay = day;
  const days = <u32>(day + 719_468 + 146_097);
  const era = days / 146_097;
  const ofEra = days % 146_097;
  const yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
  const dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const m = (5 * dayOfYear + 2) / 153;
  const month = m < 10 ? m + 3 : m - 9;
  const year = era * 400 + yearOfEra - 400 + u32(month <= 2);
  let at = writeTwoDigits(year / 100, 0, dayText) - 1;
  at = writeTwoDigits(year % 100, 0x2d, at);
  at = writeTwoDigits(month, 0x2d, at);
  writeTwoDigits(dayOfYear - (153 * m + 2) / 5 + 1, 0x54, at);
}
