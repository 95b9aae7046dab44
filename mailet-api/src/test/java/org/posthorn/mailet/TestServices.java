package org.posthorn.mailet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// A server for tests of mailets: takes what is submitted, once for each purpose, and shows it.
/// Safe for use by many threads.
public final class TestServices implements Services, Submission {
  private final Map<List<String>, Submitted> submitted = new ConcurrentHashMap<>();

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final TestDns dns = new TestDns();
  private final TestHttp http = new TestHttp();
  private final TestDirectory directory = new TestDirectory();
  private final TestMetrics metrics = new TestMetrics();
  private final Map<String, Memory> memories = new ConcurrentHashMap<>();
  private final Map<String, Store> stores = new ConcurrentHashMap<>();
  private volatile Instant now = Instant.parse("2026-11-22T12:00:00Z");

  /// A mail that a mailet handed in.
  public record Submitted(
      MailId id,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      HeapMessage message) {}

  /// In no order.
  public List<Submitted> submitted() {
    return List.copyOf(submitted.values());
  }

  @Override
  public MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message) {
    byte[] bytes;
    try {
      bytes = message.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return submitted
        .computeIfAbsent(
            List.of(onBehalfOf.value(), purpose),
            _ ->
                new Submitted(
                    new MailId("s" + submitted.size()),
                    purpose,
                    sender,
                    List.copyOf(recipients),
                    HeapMessage.of(bytes)))
        .id();
  }

  @Override
  public Submission submission() {
    return this;
  }

  @Override
  public String hostname() {
    return "mail.example.org";
  }

  /// Stands still until a test lets time pass.
  @Override
  public InstantSource clock() {
    return () -> now;
  }

  public synchronized void pass(Duration time) {
    now = now.plus(time);
  }

  /// From now on it is this time; before anything is said, it is noon of 22 November 2026 in UTC.
  public synchronized void at(Instant time) {
    now = time;
  }

  /// The notes that were sent: to whom, about what.
  public List<String> told() {
    return List.copyOf(told);
  }

  @Override
  public void tell(MailAddress to, String subject, String text) {
    told.add(to + ": " + subject);
  }

  /// Knows what a test has told it.
  @Override
  public TestDns dns() {
    return dns;
  }

  /// Answers as a test has told it.
  @Override
  public TestHttp http() {
    return http;
  }

  /// Knows whom a test has named.
  @Override
  public TestDirectory directory() {
    return directory;
  }

  @Override
  public TestMetrics metrics() {
    return metrics;
  }

  @Override
  public Store store(String name) {
    if (!name.matches("[a-z0-9][a-z0-9.-]{0,99}")) {
      throw new IllegalArgumentException("Not a name of a store: " + name);
    }
    return stores.computeIfAbsent(name, _ -> new HeapStore(clock()));
  }

  @Override
  public Memory memory(String name) {
    return memories.computeIfAbsent(name, _ -> new HeapMemory(clock()));
  }

  @Override
  public System.Logger logger(String name) {
    return System.getLogger(name);
  }
}
