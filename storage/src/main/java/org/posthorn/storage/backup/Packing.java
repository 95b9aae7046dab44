package org.posthorn.storage.backup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// How bytes are made smaller. The codes are part of the stored form; what a newer program packs in
/// a way that this one does not know is refused by name.
enum Packing {
  NONE(0),
  DEFLATE(1);

  private static final int BUFFER_BYTES = 64 << 10;

  private final int code;

  Packing(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static Packing of(int code) {
    return Arrays.stream(values())
        .filter(packing -> packing.code == code)
        .findFirst()
        .orElseThrow(() ->
            new BackupException.Damaged(
                "Bytes are packed in a way (" + code + ") that this program does not know"));
  }

  /// `raw` packed; as it is where that would not make it smaller.
  static Packed pack(byte[] raw) {
    var deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(raw);
      deflater.finish();
      var out = new ByteArrayOutputStream(raw.length / 2 + 64);
      var buffer = new byte[Math.min(BUFFER_BYTES, raw.length + 64)];
      while (!deflater.finished() && out.size() < raw.length) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return deflater.finished() && out.size() < raw.length
          ? new Packed(DEFLATE, out.toByteArray())
          : new Packed(NONE, raw);
    } finally {
      deflater.end();
    }
  }

  /// Bytes and how they are packed.
  static final class Packed {
    private final Packing packing;
    private final byte[] bytes;

    Packed(Packing packing, byte[] bytes) {
      this.packing = packing;
      this.bytes = bytes;
    }

    Packing packing() {
      return packing;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  byte[] unpack(byte[] stored, int rawBytes) {
    if (this == NONE) {
      return stored;
    }
    var inflater = new Inflater();
    try {
      inflater.setInput(stored);
      var raw = new byte[rawBytes];
      int at = 0;
      while (at < rawBytes) {
        int count = inflater.inflate(raw, at, rawBytes - at);
        if (count == 0) {
          throw new BackupException.Damaged("Packed bytes end early");
        }
        at += count;
      }
      return raw;
    } catch (DataFormatException e) {
      throw new BackupException.Damaged("Packed bytes cannot be unpacked", e);
    } finally {
      inflater.end();
    }
  }

  InputStream unpacking(InputStream stored) {
    return this == NONE
        ? stored
        : new InflaterInputStream(stored, new Inflater(), BUFFER_BYTES) {
          @Override
          public void close() throws IOException {
            inf.end();
            super.close();
          }
        };
  }

  /// The caller closes what this returns, which closes `out`.
  static OutputStream deflating(OutputStream out) {
    var deflater = new Deflater(Deflater.BEST_SPEED);
    return new DeflaterOutputStream(out, deflater, BUFFER_BYTES) {
      @Override
      public void close() throws IOException {
        super.close();
        deflater.end();
      }
    };
  }
}
