// The shells that there is completion for.

export const shells = ['bash', 'fish', 'zsh'] as const;

export type Shell = (typeof shells)[number];
