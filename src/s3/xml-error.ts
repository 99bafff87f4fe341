/** What is wrong with a document, and where. */
export class XmlError extends Error {
  constructor(reason: string, offset: number) {
    super(`${reason} (at character ${offset})`);
    this.name = 'XmlError';
  }
}
