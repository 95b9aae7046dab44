package org.posthorn.app.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.StoppedServer;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A queue as large as one likes, in a moment.
@Command(
    name = "fill-queue",
    description = {
      "Fill the queue of a server that does not run: mail for other servers that nobody could"
          + " reach, due in one to five hours. For measurements; the data directory is of no other use."
    },
    footer = {"", "Example:  posthorn bench fill-queue --data /tmp/full --messages 1000000"})
final class FillQueueCommand implements Callable<Integer> {
  private static final int WRITERS = 256;
  private static final int CONTENTS = 1_000;

  @Option(names = "--data", paramLabel = "DIR", required = true, description = "The server's data.")
  private Path data = Path.of("");

  @Option(names = "--messages", paramLabel = "N", description = "Default: 100000.")
  private int messages = 100_000;

  @Option(names = "--domains", paramLabel = "N", description = "They are for. Default: 1000.")
  private int domains = 1_000;

  @Option(names = "--senders", paramLabel = "N", description = "They are from. Default: 1000.")
  private int senders = 1_000;

  @Spec private @Nullable CommandSpec spec;

  private final AtomicInteger next = new AtomicInteger();
  private final Instant now = Instant.now();

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    StoppedServer.fillQueue(data, new ConfigSource(Optional.empty(), List.of()), this::fill);
    Objects.requireNonNull(spec)
        .commandLine()
        .getOut()
        .printf("%,d messages in %.1f s%n", messages, (System.nanoTime() - start) / 1e9);
    return 0;
  }

  private void fill(QueueStore queue, ContentStore contents, Supplier<MailId> ids) {
    try {
      List<ContentId> kept = contents(contents);
      Crew.run(
          WRITERS,
          _ -> {
            for (int i = next.getAndIncrement(); i < messages; i = next.getAndIncrement()) {
              write(queue, ids.get(), i, kept.get(i % CONTENTS));
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<ContentId> contents(ContentStore contents) throws IOException {
    var sample = new SampleMessage(4 << 10);
    List<ContentId> kept = new ArrayList<>();
    for (int i = 0; i < CONTENTS; i++) {
      StoredContent content =
          contents.write(new ByteArrayInputStream(sample.next("somebody@example.com")));
      kept.add(content.id());
    }
    contents.sync(kept.getLast());
    return kept;
  }

  private void write(QueueStore queue, MailId id, int number, ContentId content) {
    var sender = Optional.of(MailAddress.of("user%d@example.org".formatted(number % senders)));
    var arrival =
        new Arrival(
            Optional.empty(),
            "client.example",
            sender,
            "ESMTPSA",
            "bench",
            now,
            false,
            false,
            Optional.empty(),
            Optional.empty());
    Domain domain = Domain.of("dest%d.example".formatted(number % domains));
    var answer =
        new QueuedRecipient.Answer(
            "4.4.1",
            Optional.empty(),
            "Could not connect to mx.%s: Connection timed out".formatted(domain),
            now,
            false);
    Instant due = now.plus(Duration.ofHours(1)).plusMillis(number * 14L % 14_400_000);
    var recipient =
        new QueuedRecipient(
            0,
            0,
            MailAddress.of("r%d@%s".formatted(number, domain)),
            Optional.empty(),
            Set.of(),
            new RecipientState.Outgoing(domain, Optional.empty()),
            3,
            due,
            Optional.of(answer),
            false);
    var form = new MailForm(0, sender, content, "", List.of(), Map.of());
    queue.change(new QueueChange(id).add(recipient).accept(arrival, form));
  }
}
