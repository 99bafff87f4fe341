/** Who holds a lock. The start time tells a process from a later one that was given the same number. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorCode } from '../errors.ts';

export interface ProcessIdentity {
  host: string;
  pid: number;
  /** Clock ticks since boot at which the process started; empty where /proc does not say. */
  processStart: string;
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, processStart: processStartOf(process.pid) };
}

export function isHolderAlive(holder: { pid: number; processStart: string }): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (systemErrorCode(error) === 'ESRCH') return false;
  }
  const start = processStartOf(holder.pid);
  return holder.processStart === '' || start === '' || start === holder.processStart;
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)); the name in field 2 may itself hold spaces and brackets. */
function processStartOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
