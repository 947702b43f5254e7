/** What somebody may do at the console: everything; day to day work; look. */
export const roles = ['administrator', 'operator', 'read-only'] as const;
export type Role = (typeof roles)[number];

/** Who may look. */
export const everybody: readonly Role[] = roles;
/** Who may change what is in use. */
export const operators: readonly Role[] = ['administrator', 'operator'];
/** Who may bring changed settings into force. */
export const administrators: readonly Role[] = ['administrator'];
