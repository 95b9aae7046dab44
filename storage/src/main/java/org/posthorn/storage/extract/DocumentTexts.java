package org.posthorn.storage.extract;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Reads the text of documents for whoever waits for it: some [#READERS] child processes, which are
/// there only while they are used, and a while longer. Safe for use by many threads.
public final class DocumentTexts implements AutoCloseable {
  private static final int READERS = 2;
  private static final long REST_SECONDS = 60;
  private static final long TURN_SECONDS = 120;

  /// Where the program is missing, in words for the operator.
  private final Optional<String> missing;

  /// Fair, so that nobody waits longer than those behind him.
  private final Semaphore turns = new Semaphore(READERS, true);

  private final List<Reader> all = new ArrayList<>();

  /// Guarded by this; the one that was used last is used first, so that the others can rest.
  private final Deque<Reader> free = new ArrayDeque<>();

  private final Executor later = CompletableFuture.delayedExecutor(REST_SECONDS, TimeUnit.SECONDS);

  public DocumentTexts(Optional<ExtractorProgram> program, AttachmentsConfig config) {
    Optional<ExtractorProgram> there = program.filter(ExtractorProgram::isThere);
    this.missing =
        there.isPresent()
            ? Optional.empty()
            : Optional.of(
                "the program that reads documents is not installed"
                    + program.map(it -> " (no jars in " + it.jars() + ")").orElse(""));
    for (int i = 0; there.isPresent() && i < READERS; i++) {
      all.add(
          new Reader(
              new Extractor(there.get().command(config), config, Extractor.Patience.little())));
    }
    free.addAll(all);
  }

  private static final class Reader {
    private final Extractor extractor;
    private long uses;

    /// Whether somebody will look soon if it is used still.
    private boolean watched;

    private Reader(Extractor extractor) {
      this.extractor = extractor;
    }
  }

  /// Why no document can be read on this installation.
  public Optional<String> missing() {
    return missing;
  }

  /// Waits for its turn and for the text. Throws [IOException], to be tried again later, when no
  /// child can be started, when there are too many who wait, at the end of the server, and when the
  /// document's own bytes cannot be read.
  public Extracted read(Document document) throws IOException {
    if (missing.isPresent()) {
      throw new IOException(missing.get());
    }
    await();
    Reader reader = take();
    try {
      return reader.extractor.read(document);
    } catch (Extractor.Stopped _) {
      throw new IOException("The server stops");
    } finally {
      giveBack(reader);
      turns.release();
    }
  }

  private void await() throws IOException {
    try {
      if (!turns.tryAcquire(TURN_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("Too many wait for the text of documents");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    }
  }

  private synchronized Reader take() {
    Reader reader = free.pop();
    reader.uses++;
    return reader;
  }

  private synchronized void giveBack(Reader reader) {
    free.push(reader);
    if (!reader.watched) {
      watch(reader);
    }
  }

  /// Guarded by this.
  private void watch(Reader reader) {
    reader.watched = true;
    long before = reader.uses;
    later.execute(() -> restOr(reader, before));
  }

  private synchronized void restOr(Reader reader, long before) {
    reader.watched = false;
    if (!free.contains(reader)) {
      return; // It is watched again when it comes back.
    } else if (reader.uses == before) {
      reader.extractor.rest();
    } else {
      watch(reader);
    }
  }

  /// For good; whoever reads is told.
  @Override
  public void close() {
    all.forEach(reader -> reader.extractor.stop());
  }
}
