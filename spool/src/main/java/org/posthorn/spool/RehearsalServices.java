package org.posthorn.spool;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Store;
import org.posthorn.mailet.Submission;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.chain.Rehearsal;

/// What a rehearsal gives plugins in place of the server's services: they can look at everything,
/// and what they ask to be done is written down. Safe for use by many threads.
public final class RehearsalServices implements Services, Submission, Rehearsal.Deeds {
  private final Services real;
  private final List<String> deeds = new ArrayList<>();
  private final Map<String, Memory> memories = new HashMap<>();
  private final Map<String, Store> stores = new HashMap<>();
  private final Metrics figures = new PluginMetrics();

  public RehearsalServices(Services real) {
    this.real = real;
  }

  @Override
  public synchronized List<String> take() {
    List<String> taken = List.copyOf(deeds);
    deeds.clear();
    return taken;
  }

  private synchronized void note(String deed) {
    deeds.add(deed);
  }

  @Override
  public Submission submission() {
    return this;
  }

  @Override
  public MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message) {
    long bytes;
    try {
      bytes = message.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    note(
        "new mail (%s) of %d bytes from %s to %s"
            .formatted(
                purpose,
                bytes,
                sender.map(MailAddress::toString).orElse("<>"),
                recipients.stream()
                    .map(recipient -> recipient.address().toString())
                    .collect(Collectors.joining(", "))));
    return new MailId("rehearsed");
  }

  @Override
  public void tell(MailAddress to, String subject, String text) {
    note("note to %s: %s".formatted(to, subject));
  }

  @Override
  public String hostname() {
    return real.hostname();
  }

  @Override
  public InstantSource clock() {
    return real.clock();
  }

  @Override
  public System.Logger logger(String name) {
    return real.logger(name);
  }

  @Override
  public Dns dns() {
    return real.dns();
  }

  /// What only reads is asked for; what may do something is noted and not sent.
  @Override
  public Http http() {
    return request -> {
      if (request.method().equals("GET") || request.method().equals("HEAD")) {
        return real.http().send(request);
      }
      long bytes = request.body().map(Http.Body::sizeBytes).orElse(0L);
      note("%s of %d bytes to %s".formatted(request.method(), bytes, request.uri()));
      return new Http.Failure(Http.Reason.REHEARSED, "not sent, since the chain is being tried");
    };
  }

  @Override
  public Directory directory() {
    return real.directory();
  }

  /// Counts for nobody.
  @Override
  public Metrics metrics() {
    return figures;
  }

  @Override
  public synchronized Store store(String name) {
    return stores.computeIfAbsent(name, _ -> new RehearsedStore(real.store(name)));
  }

  @Override
  public synchronized Memory memory(String name) {
    return memories.computeIfAbsent(name, _ -> new Overlay(real.memory(name)));
  }

  /// What is there, and what would have been changed since.
  private static final class Overlay implements Memory {
    private final Memory real;
    private final Map<String, Optional<String>> changed = new HashMap<>();

    Overlay(Memory real) {
      this.real = real;
    }

    @Override
    public synchronized Optional<String> find(String key) {
      Optional<String> after = changed.get(key);
      return after == null ? real.find(key) : after;
    }

    @Override
    public synchronized Optional<String> update(
        String key, Duration keep, UnaryOperator<Optional<String>> change) {
      Optional<String> after = change.apply(find(key));
      changed.put(key, after);
      return after;
    }
  }
}
