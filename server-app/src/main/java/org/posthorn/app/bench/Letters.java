package org.posthorn.app.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The messages that a driver hands in, by number from 0. As many as there is room for are written
/// before the clock starts: what that costs is no work of the server's, and would be taken from its
/// processors. Few bytes stay in memory; more go into a temporary file, from which the system sends
/// them without this program touching them again. Safe for use by many threads.
abstract class Letters implements AutoCloseable {
  private static final long IN_MEMORY_MAX_BYTES = 64 << 20;
  private static final long IN_FILE_MAX_BYTES = 4L << 30;

  /// Makes the message of a number.
  interface Writer {
    byte[] write(long number) throws IOException;
  }

  private final Writer writer;

  private Letters(Writer writer) {
    this.writer = writer;
  }

  /// `count` messages of at most `sizeMaxBytes` each. Each is sent once.
  static Letters written(long count, int sizeMaxBytes, Writer writer) throws IOException {
    return count * sizeMaxBytes <= IN_MEMORY_MAX_BYTES
        ? new InMemory((int) count, writer)
        : new InFile((int) Math.min(count, IN_FILE_MAX_BYTES / sizeMaxBytes), writer);
  }

  /// The message of this number, which is made now when it was not before.
  SmtpSender.Message take(long number) throws IOException {
    byte[] message = writer.write(number);
    return wire -> wire.send(message);
  }

  @Override
  public void close() throws IOException {}

  private static final class InMemory extends Letters {
    private final AtomicReferenceArray<byte[]> messages;

    InMemory(int count, Writer writer) throws IOException {
      super(writer);
      this.messages = new AtomicReferenceArray<>(count);
      for (int i = 0; i < count; i++) {
        messages.set(i, writer.write(i));
      }
    }

    @Override
    SmtpSender.Message take(long number) throws IOException {
      byte[] message = number < messages.length() ? messages.getAndSet((int) number, null) : null;
      return message == null ? super.take(number) : wire -> wire.send(message);
    }
  }

  private static final class InFile extends Letters {
    private final FileChannel file;

    /// Where each message begins, and the last one ends.
    private final long[] begins;

    InFile(int count, Writer writer) throws IOException {
      super(writer);
      Path path = Files.createTempFile("posthorn-bench", ".letters");
      this.file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Files.delete(path); // Its bytes go with this process, however that ends.
      this.begins = new long[count + 1];
      try {
        for (int i = 0; i < count; i++) {
          ByteBuffer message = ByteBuffer.wrap(writer.write(i));
          while (message.hasRemaining()) {
            file.write(message);
          }
          begins[i + 1] = file.position();
        }
        file.force(false); // Or the disk would be busy with it while it is measured.
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }

    @Override
    SmtpSender.Message take(long number) throws IOException {
      if (number >= begins.length - 1) {
        return super.take(number);
      }
      long begin = begins[(int) number];
      return wire -> wire.send(file, begin, begins[(int) number + 1] - begin);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
