package org.posthorn.storage.extract;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/// A child that does what its documents say, before a `#`. Its argument is a file with a line for
/// each time that it was started.
final class FakeWorker {
  private FakeWorker() {}

  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), "started\n", StandardOpenOption.APPEND);
    var in = new DataInputStream(new FileInputStream(FileDescriptor.in));
    var out = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
    if (args.length > 1) {
      System.exit(9);
    }
    out.writeInt(0x50485401);
    while (true) {
      int maxChars;
      try {
        maxChars = in.readInt();
      } catch (EOFException _) {
        return;
      }
      answer(document(in), maxChars, out);
    }
  }

  private static String document(DataInputStream in) throws IOException {
    var document = new StringBuilder();
    for (int count = in.readInt(); count > 0; count = in.readInt()) {
      document.append(new String(in.readNBytes(count), StandardCharsets.UTF_8));
    }
    return document.toString();
  }

  private static void answer(String document, int maxChars, DataOutputStream out)
      throws IOException {
    String order = document.replaceFirst("^%PDF-", "");
    switch (order.split(" #", 2)[0]) {
      case "loop" -> {
        while (true) {
          Thread.onSpinWait();
        }
      }
      case "sleep" -> LockSupport.park();
      case "die" -> Runtime.getRuntime().halt(3);
      case "lie" -> {
        out.writeByte(0);
        out.writeInt(Integer.MAX_VALUE);
      }
      case "stutter" -> {
        out.writeByte(0);
        out.writeInt(1_000);
        out.write(1);
        Runtime.getRuntime().halt(3);
      }
      case "environment" -> say(out, 0, System.getenv().keySet().toString());
      case "unknown" -> say(out, 2, "");
      case "locked" -> say(out, 3, "");
      default -> say(out, 0, order.substring(0, Math.min(maxChars, order.length())));
    }
  }

  private static void say(DataOutputStream out, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(status);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
