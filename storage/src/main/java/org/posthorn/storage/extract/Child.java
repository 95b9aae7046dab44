package org.posthorn.storage.extract;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.posthorn.storage.extract.Extracted.Outcome;

/// A running process that reads documents; the other side is described at its `TextWorker`. Nothing
/// that it says is trusted. Used by one thread; any may [#kill] it.
final class Child {
  private static final int READY = 0x50485401;

  /// What the statuses mean, by their codes.
  private static final List<Outcome> OUTCOMES =
      List.of(Outcome.READ, Outcome.CUT, Outcome.UNKNOWN, Outcome.LOCKED, Outcome.DAMAGED);

  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;

  /// With nothing of this process: no environment (which may have secrets in it), no open files.
  Child(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    process = builder.start();
    in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
  }

  void awaitReady() throws IOException {
    if (in.readInt() != READY) {
      throw new IOException("It does not speak as expected: is it of another version?");
    }
  }

  /// Throws when the process has died.
  Extracted read(InputStream document, int maxChars) throws IOException {
    send(document, maxChars);
    int status = in.readUnsignedByte();
    int length = in.readInt();
    if (status >= OUTCOMES.size() || length < 0 || length > 3L * maxChars) {
      throw new IOException("It does not speak as expected");
    }
    byte[] text = in.readNBytes(length);
    if (text.length < length) {
      throw new EOFException();
    }
    return new Extracted(OUTCOMES.get(status), new String(text, StandardCharsets.UTF_8));
  }

  private void send(InputStream document, int maxChars) throws IOException {
    out.writeInt(maxChars);
    var piece = new byte[1 << 14];
    for (int count = document.read(piece); count >= 0; count = document.read(piece)) {
      out.writeInt(count);
      out.write(piece, 0, count);
    }
    out.writeInt(0);
    out.flush();
  }

  /// The time that it has worked, as far as the system tells.
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// How it ended, when it has closed its output.
  String end() throws InterruptedException {
    return process.waitFor(1, TimeUnit.SECONDS) ? "exit code " + process.exitValue() : "it runs";
  }

  /// Whoever reads from it or writes to it gets an [IOException].
  void kill() {
    process.destroyForcibly();
  }
}
