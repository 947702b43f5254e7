/**
 * The EICAR test file (eicar.org, 68 bytes), which every component must know. Put together at run time: a source file
 * that held it would be taken away by the virus scanner of whoever has this repository.
 */
export function eicarTestFile(): Buffer {
  return Buffer.from(['X5O!P%@AP[4\\PZX54(P^)', '7CC)7}$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join(''));
}
