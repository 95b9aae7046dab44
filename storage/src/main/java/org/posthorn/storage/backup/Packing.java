package org.posthorn.storage.backup;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// How bytes are made smaller. The codes are part of the stored form; what a newer program packs in
/// a way that this one does not know is refused by name.
enum Packing {
  NONE(0),

  /// Needs no native library: for what is read where nothing else is open. Before packs of form 2,
  /// for contents and rows too.
  DEFLATE(1),

  ZSTD(2);

  /// A backup is written once and kept for long: the level above the one that a delivery takes.
  private static final int ZSTD_LEVEL = 3;

  /// More memory than that (8 MiB) no content may ask for when it is read.
  private static final int ZSTD_WINDOW_LOG_MAX = 23;

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

  /// `raw` packed like this; as it is where that would not make it smaller.
  Packed pack(byte[] raw) {
    byte[] packed =
        switch (this) {
          case NONE -> raw;
          case DEFLATE -> deflated(raw);
          case ZSTD -> Zstd.compress(raw, ZSTD_LEVEL);
        };
    return packed.length < raw.length ? new Packed(this, packed) : new Packed(NONE, raw);
  }

  /// Ends early where it does not become smaller.
  private static byte[] deflated(byte[] raw) {
    var deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(raw);
      deflater.finish();
      var out = new ByteArrayOutputStream(raw.length / 2 + 64);
      var buffer = new byte[Math.min(BUFFER_BYTES, raw.length + 64)];
      while (!deflater.finished() && out.size() < raw.length) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return deflater.finished() ? out.toByteArray() : raw;
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
    return switch (this) {
      case NONE -> stored;
      case DEFLATE -> inflated(stored, rawBytes);
      case ZSTD -> decompressed(stored, rawBytes);
    };
  }

  private static byte[] inflated(byte[] stored, int rawBytes) {
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

  private static byte[] decompressed(byte[] stored, int rawBytes) {
    var raw = new byte[rawBytes];
    try {
      if (Zstd.decompress(raw, stored) != rawBytes) {
        throw new BackupException.Damaged("Packed bytes end early");
      }
      return raw;
    } catch (ZstdException e) {
      throw new BackupException.Damaged("Packed bytes cannot be unpacked", e);
    }
  }

  /// The caller closes what this returns.
  InputStream unpacking(InputStream stored) throws IOException {
    return switch (this) {
      case NONE -> stored;
      case DEFLATE ->
          new InflaterInputStream(stored, new Inflater(), BUFFER_BYTES) {
            @Override
            public void close() throws IOException {
              inf.end();
              super.close();
            }
          };
      case ZSTD -> new ZstdInputStreamNoFinalizer(stored).setLongMax(ZSTD_WINDOW_LOG_MAX);
    };
  }

  /// Packs with [#ZSTD]. The caller closes what this returns, which closes `out`.
  static OutputStream compressing(OutputStream out) throws IOException {
    return new ZstdOutputStreamNoFinalizer(out, ZSTD_LEVEL);
  }
}
