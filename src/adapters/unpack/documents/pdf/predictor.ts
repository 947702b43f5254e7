import type { PdfDictionary } from './objects.ts';

const TIFF = 2;
const PNG_FIRST = 10;
const ROW_BYTES_MAX = 1 << 20;

/** Undoes the prediction that a filter says was made before it (ISO 32000-1 7.4.4.4); without one, the content as it is. */
export function undoPredictor(content: Buffer, parameters: PdfDictionary): Buffer {
  const number = (key: string, otherwise: number) => {
    const value = parameters.get(key);
    return typeof value === 'number' && value >= 1 && value <= ROW_BYTES_MAX ? Math.floor(value) : otherwise;
  };
  const predictor = number('/Predictor', 1);
  const colors = number('/Colors', 1);
  const bits = number('/BitsPerComponent', 8);
  const rowBytes = Math.ceil((colors * bits * number('/Columns', 1)) / 8);
  if (rowBytes > ROW_BYTES_MAX) return content;
  const pixelBytes = Math.max(1, (colors * bits) >> 3);
  if (predictor >= PNG_FIRST) return undoPng(content, rowBytes, pixelBytes);
  return predictor === TIFF && bits === 8 ? undoTiff(content, rowBytes, colors) : content;
}

function undoTiff(content: Buffer, rowBytes: number, colors: number): Buffer {
  const out = Buffer.from(content);
  for (let at = 0; at < out.length; at += 1) {
    if (at % rowBytes >= colors) out[at] = (out[at] ?? 0) + (out[at - colors] ?? 0);
  }
  return out;
}

/** Rows with their filter byte before them (PNG 9). */
function undoPng(content: Buffer, rowBytes: number, pixelBytes: number): Buffer {
  const out = Buffer.alloc(content.length);
  let length = 0;
  for (let at = 0; at < content.length; at += rowBytes + 1) {
    const kind = content[at];
    const size = Math.min(rowBytes, content.length - at - 1);
    for (let i = 0; i < size; i += 1) {
      const left = i >= pixelBytes ? (out[length + i - pixelBytes] ?? 0) : 0;
      const up = length >= rowBytes ? (out[length + i - rowBytes] ?? 0) : 0;
      const corner = i >= pixelBytes && length >= rowBytes ? (out[length + i - rowBytes - pixelBytes] ?? 0) : 0;
      out[length + i] = (content[at + 1 + i] ?? 0) + predicted(kind, left, up, corner);
    }
    length += size;
  }
  return out.subarray(0, length);
}

function predicted(kind: number | undefined, left: number, up: number, corner: number): number {
  if (kind === 1) return left;
  if (kind === 2) return up;
  if (kind === 3) return (left + up) >> 1;
  if (kind !== 4) return 0;
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}
