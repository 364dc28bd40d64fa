/**
 * The result of `work`, or an error with this message when it does not come in `ms`. The timer keeps the process alive: at
 * boot it may be all there is.
 */
export function deadline<T>(ms: number, message: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message)), ms);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
