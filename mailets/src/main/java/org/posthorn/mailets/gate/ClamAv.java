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
import org.posthorn.mailet.Parameters;
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

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "ClamAv";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new ClamAv(
          Remote.Place.of("clamd", parameters.optionalText("clamd").orElse("127.0.0.1:3310")),
          parameters.duration("patience", Duration.ofSeconds(15)),
          parameters.bytes("max-size", 25L << 20),
          Reaction.of(parameters, "found", Reaction.REFUSE));
    }
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    if (message.sizeBytes() > maxBytes) {
      return Verdict.tag("clamav", "too-big", message.sizeBytes() + " bytes are too much");
    }
    String answer = answer(message);
    if (answer.endsWith(" OK")) {
      return Verdict.tag("clamav", "clean", "clean");
    }
    if (answer.endsWith(" FOUND")) {
      String name = answer.replaceFirst("^stream: ", "").replaceFirst(" FOUND$", "");
      return found.verdict("7.0", "The message contains a virus: " + name, name, "clamav", name);
    }
    throw new IllegalStateException("clamd says: " + answer);
  }

  private String answer(Message message) {
    try (Remote remote = Remote.open(place, patience);
        InputStream bytes = message.open()) {
      remote.out().write("zINSTREAM\0".getBytes(StandardCharsets.US_ASCII));
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int count = bytes.read(chunk); count > 0; count = bytes.read(chunk)) {
        remote.out().writeInt(count);
        remote.out().write(chunk, 0, count);
      }
      remote.out().writeInt(0);
      remote.out().flush();
      return text(remote.in().readNBytes(ANSWER_MAX));
    } catch (IOException e) {
      throw new UncheckedIOException("clamd at " + place + ": " + e.getMessage(), e);
    }
  }

  private static String text(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }
}
