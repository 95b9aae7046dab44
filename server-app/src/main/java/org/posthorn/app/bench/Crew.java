package org.posthorn.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs clients at the same time, each on a thread of its own, until all are done: on threads of
/// the system, which wait in the socket itself and leave more of the processors to the server, or
/// on virtual ones where there are very many.
final class Crew {
  private static final int SYSTEM_THREADS_MAX = 200;

  private Crew() {}

  /// What one client does; clients are counted from 0.
  interface Client {
    void run(int number) throws IOException, InterruptedException;
  }

  /// Throws what the first client that failed threw.
  static void run(int clients, Client client) throws IOException, InterruptedException {
    try (var threads =
        clients <= SYSTEM_THREADS_MAX
            ? Executors.newFixedThreadPool(clients)
            : Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        int number = i;
        running.add(
            threads.submit(() -> {
              client.run(number);
              return null;
            }));
      }
      for (Future<?> one : running) {
        try {
          one.get();
        } catch (ExecutionException e) {
          if (e.getCause() instanceof IOException failed) {
            throw failed;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    }
  }
}
