package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Has clamd look at the message (its command INSTREAM). What is too big for it is not looked at
/// and is tagged. Where clamd is not there, the gate fails, and `on-failure` says what that means.
final class ClamAv implements Gate {
  private static final int CHUNK_BYTES = 16_384;
  private static final int ANSWER_MAX = 1_000;

  private final Remote.Place place;
  private final Duration patience;
  private final long maxBytes;
  private final Reaction found;

  private ClamAv(Remote.Place place, Duration patience, long maxBytes, Reaction found) {
    this.place = place;
    this.patience = patience;
    this.maxBytes = maxBytes;
    this.found = found;
  }

  public record Settings(
      @Parameter(
              value = "Where clamd listens: host and port, or the path of its socket.",
              otherwise = "127.0.0.1:3310",
              example = "/run/clamav/clamd.ctl")
          String clamd,
      @Parameter(value = "How long it may take.", otherwise = "15s") Duration patience,
      @Parameter(value = "Larger messages are not looked through.", otherwise = "25MB")
          long maxSizeBytes,
      @Parameter(value = "What becomes of a message with a virus.", otherwise = "refuse")
          Reaction found) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "ClamAv";
    }

    @Override
    public String summary() {
      return "Has clamd look for viruses in each message.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new ClamAv(
          Remote.Place.of("clamd", settings.clamd),
          settings.patience,
          settings.maxSizeBytes,
          settings.found);
    }
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    if (message.sizeBytes() > maxBytes) {
      return tooBig(message);
    }
    String answer = answer(message);
    if (answer.endsWith(" OK")) {
      return Verdict.tag("clamav", "clean", "clean");
    }
    if (answer.endsWith(" FOUND")) {
      String name = answer.replaceFirst("^stream: ", "").replaceFirst(" FOUND$", "");
      return found.verdict("7.0", "The message contains a virus: " + name, name, "clamav", name);
    }
    if (answer.contains("size limit exceeded")) {
      return tooBig(message);
    }
    String why = "clamd at " + place + ": " + (answer.isEmpty() ? "it says nothing" : answer);
    throw new UncheckedIOException(why, new IOException(why));
  }

  private static Verdict tooBig(Message message) {
    return Verdict.tag("clamav", "too-big", message.sizeBytes() + " bytes are too much");
  }

  private String answer(Message message) {
    try (Remote remote = Remote.open(place, patience);
        Remote.Watch _ = remote.watch(patience, patience);
        InputStream bytes = message.open()) {
      try {
        tell(remote, bytes);
        return text(remote.in());
      } catch (IOException e) {
        throw remote.explained(e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("clamd at " + e.getMessage(), e);
    }
  }

  /// When it is too much for clamd, it closes its end before it has heard all, and has said so.
  private static void tell(Remote remote, InputStream bytes) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    int count = bytes.readNBytes(chunk, 0, chunk.length);
    try {
      remote.out().write("zINSTREAM\0".getBytes(StandardCharsets.US_ASCII));
      while (count > 0) {
        remote.out().writeInt(count);
        remote.out().write(chunk, 0, count);
        count = bytes.readNBytes(chunk, 0, chunk.length);
      }
      remote.out().writeInt(0);
      remote.out().flush();
    } catch (IOException e) {
      if (!remote.isOpen()) {
        throw e;
      }
    }
  }

  /// To its NUL; behind that the connection may be broken, for clamd has not heard all.
  private static String text(InputStream in) throws IOException {
    var answer = new StringBuilder();
    for (int c = in.read(); c > 0 && answer.length() < ANSWER_MAX; c = in.read()) {
      answer.append((char) c);
    }
    return answer.toString().strip();
  }
}
