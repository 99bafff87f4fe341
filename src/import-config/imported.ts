/** What the configuration of another tool becomes: sites, and what could not be carried over as it was. */

/** The fields of a site as they stand in the configuration file. */
export type SiteDocument = Record<string, string | number | boolean | string[]>;

export interface ImportNote {
  /** Null where it concerns the whole file. */
  site: string | null;
  /** In the other tool's file. */
  field: string;
  message: string;
  /** Something will be done otherwise than before, or not at all; else it is merely needless here. */
  matters: boolean;
}

export interface Imported {
  sites: SiteDocument[];
  notes: ImportNote[];
  /** Where errors are told, by the URL of an incoming webhook of MS Teams. */
  teamsWebhook?: string;
}

export type Note = (note: Omit<ImportNote, 'site'> & { site?: string }) => void;

/** A list of notes, and the function that adds to it. */
export function noteTaker(): { notes: ImportNote[]; note: Note } {
  const notes: ImportNote[] = [];
  return { notes, note: ({ site = null, ...rest }) => notes.push({ site, ...rest }) };
}

/** Without the fields that are undefined. */
export function siteDocument(
  fields: Record<string, string | number | boolean | string[] | undefined>,
): SiteDocument {
  const site: SiteDocument = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) site[name] = value;
  return site;
}

/** A name that no site has yet: the wished one, or that one with a number after it. */
export function freeName(wished: string, taken: Set<string>): string {
  let name = wished;
  for (let number = 2; taken.has(name); number++) name = `${wished} ${number}`;
  taken.add(name);
  return name;
}
