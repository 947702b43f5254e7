/** What was to be imported cannot be; nothing was changed. With a cause when it could not be read. */
export class ImportRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImportRefused';
  }
}
