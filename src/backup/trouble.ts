/** A backup cannot be written or read back. The message is one Swedish line. */
export class BackupTrouble extends Error {
  override name = 'BackupTrouble'
  /** refused: the state does not allow it. unusable: the file cannot be used. Nothing has changed either way. */
  readonly kind: 'refused' | 'unusable'

  constructor(kind: 'refused' | 'unusable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export const damaged = (what: string) =>
  new BackupTrouble('unusable', `Säkerhetskopian är skadad: ${what}. Inget har ändrats i databasen.`)
