/** What systemd would start, read from an installed unit. */
export interface Unit {
  user: string;
  command: string[];
  env: Record<string, string>;
}

/** As systemd.exec(5) says: HOME, LOGNAME, USER and SHELL where User= is set, a fixed PATH, and what the unit adds. */
export function readUnit(text: string, passwd: string): Unit {
  const values = (name: string): string[] =>
    [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((each) => each[1] ?? '');
  const [user = 'root'] = values('User');
  const [, , , , , home = '/', shell = '/bin/sh'] = (
    passwd.split('\n').find((line) => line.startsWith(`${user}:`)) ?? ''
  ).split(':');
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';
  const own = values('Environment').flatMap((line) =>
    line.split(' ').map((pair) => pair.split('=', 2) as [string, string]),
  );
  return {
    user,
    command: (values('ExecStart')[0] ?? '').split(' '),
    env: {
      PATH: path,
      LANG: 'C.UTF-8',
      USER: user,
      LOGNAME: user,
      HOME: home,
      SHELL: shell,
      ...Object.fromEntries(own),
    },
  };
}

/** The user and the command of a line of /etc/cron.d, and the variables set above it. */
export function readCronLine(
  text: string,
  command: RegExp,
): { user: string; shellCommand: string; env: Record<string, string> } {
  const line = text.split('\n').find((each) => !each.startsWith('#') && command.test(each)) ?? '';
  const fields = line.trim().split(/\s+/);
  const env = Object.fromEntries(
    [...text.matchAll(/^([A-Z]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  return { user: fields[5] ?? '', shellCommand: fields.slice(6).join(' '), env };
}
