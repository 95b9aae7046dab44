package org.posthorn.app.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Tells how an import or export goes: a bar with rate and remaining time, and in the end what was
/// odd. Safe for use by many threads.
final class TransferReport implements Intake.Progress {
  private static final int BAR = 30;
  private static final long BETWEEN_NANOS = 100_000_000L;

  private final ClientOptions options;
  private final Output out;
  private final Oddities oddities;
  private final long began = System.nanoTime();
  private long totalMessages;
  private long totalBytes;
  private long messages;
  private long bytes;
  private long knownBefore;
  private long lastShown;

  TransferReport(ClientOptions options, Oddities oddities) {
    this.options = options;
    this.out = options.output();
    this.oddities = oddities;
  }

  @Override
  public synchronized void begins(long allMessages, long allBytes) {
    totalMessages += allMessages;
    totalBytes += allBytes;
  }

  @Override
  public synchronized void done(long more, long moreBytes, long known, long flagged) {
    messages += more;
    bytes += moreBytes;
    knownBefore += known;
    long now = System.nanoTime();
    if (!options.json() && now - lastShown > BETWEEN_NANOS) {
      lastShown = now;
      out.progress(bar(now - began));
    }
  }

  synchronized long knownBefore() {
    return knownBefore;
  }

  synchronized long messages() {
    return messages;
  }

  /// A line of the server's answer.
  synchronized void take(JsonNode line) {
    if (line.has("problem")) {
      oddities.add(Oddity.of(line.path("problem").asString()), line.path("message").asString());
    } else if (line.has("into")
        && !line.path("mailbox").asString().equals(line.path("into").asString())) {
      oddities.add(
          Oddity.MERGED, line.path("mailbox").asString() + " → " + line.path("into").asString());
    }
    if (options.json() && !line.has("done")) {
      out.line(line.toString());
    }
  }

  private String bar(long nanos) {
    double part = totalMessages > 0 ? (double) messages / totalMessages : 0;
    if (totalMessages == 0 && totalBytes > 0) {
      part = (double) bytes / totalBytes;
    }
    part = Math.clamp(part, 0, 1);
    int filled = (int) (BAR * part);
    double seconds = nanos / 1e9;
    String left = part > 0 ? ", " + time((long) (seconds / part * (1 - part))) + " left" : "";
    return "[%s%s] %s, %,.0f/s, %s%s"
        .formatted(
            "#".repeat(filled),
            ".".repeat(BAR - filled),
            Counted.of(messages, "message"),
            messages / Math.max(seconds, 0.001),
            Output.size(bytes),
            left);
  }

  private static String time(long seconds) {
    var time = Duration.ofSeconds(seconds);
    return time.toHours() > 0
        ? "%d h %d min".formatted(time.toHours(), time.toMinutesPart())
        : time.toMinutes() > 0
            ? "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart())
            : seconds + " s";
  }

  /// Tells the sum and what was odd; the exit status. `counts` are what is told to programs, `text`
  /// what is told to people.
  synchronized int end(Map<String, Object> counts, String text) {
    out.endProgress();
    Map<String, Object> sum = new LinkedHashMap<>(counts);
    double seconds = Math.max(0.001, (System.nanoTime() - began) / 1e9);
    sum.put("leftOut", oddities.leftOut());
    sum.put("seconds", Math.round(seconds * 1_000) / 1_000.0);
    if (options.json()) {
      oddities
          .counts()
          .forEach((oddity, count) -> {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("odd", oddity.code());
            line.put("count", count.number());
            line.put("leftOut", oddity.leavesOut());
            line.put("examples", count.examples());
            out.line(options.mapper().writeValueAsString(line));
          });
      sum.put("done", true);
      out.line(options.mapper().writeValueAsString(sum));
    } else {
      out.line(text + " (%,.1f s, %,.0f messages/s)".formatted(seconds, messages / seconds));
      oddities.counts().forEach(this::tell);
    }
    return oddities.leftOut() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private void tell(Oddity oddity, Oddities.Count count) {
    String text = "%,d %s".formatted(count.number(), oddity.text());
    out.line(oddity.leavesOut() ? out.red("left out  ") + text : "odd       " + text);
    count.examples().forEach(example -> out.line(out.faint("            " + example)));
    if (count.number() > count.examples().size()) {
      out.line(out.faint("            …"));
    }
  }
}
