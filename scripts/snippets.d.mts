export function pages(): string[];
export function filled(page: string): string;
