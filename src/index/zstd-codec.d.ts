/** The part of zstd-codec that is used here; the package brings no types. */
declare module 'zstd-codec' {
  export interface Simple {
    /** One frame that states its content size, or null where the codec fails. */
    compress(content: Uint8Array, level?: number): Uint8Array | null;
    /** The content of one frame that states its size, or null where the bytes are no such frame. */
    decompress(compressed: Uint8Array): Uint8Array | null;
  }
  const codec: { ZstdCodec: { run(onReady: (zstd: { Simple: new () => Simple }) => void): void } };
  export default codec;
}
