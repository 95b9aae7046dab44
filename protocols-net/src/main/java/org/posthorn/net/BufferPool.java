package org.posthorn.net;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// A few buffers that connections borrow while they have something in them, so that idle ones hold
/// none. Safe for use by many threads, without locks; when it is empty it makes a new buffer, and
/// when it is full it lets one go.
final class BufferPool {
  private static final int SLOTS = 64;
  private static final int TRIES = 4;

  private final int bufferBytes;
  private final AtomicReferenceArray<byte[]> slots = new AtomicReferenceArray<>(SLOTS);

  BufferPool(int bufferBytes) {
    this.bufferBytes = bufferBytes;
  }

  int bufferBytes() {
    return bufferBytes;
  }

  byte[] borrow() {
    int start = start();
    for (int i = 0; i < TRIES; i++) {
      byte[] buffer = slots.getAndSet((start + i) % SLOTS, null);
      if (buffer != null) {
        return buffer;
      }
    }
    return new byte[bufferBytes];
  }

  /// The caller must have forgotten the buffer.
  void giveBack(byte[] buffer) {
    int start = start();
    for (int i = 0; i < TRIES; i++) {
      if (slots.compareAndSet((start + i) % SLOTS, null, buffer)) {
        return;
      }
    }
  }

  private static int start() {
    return (int) (Thread.currentThread().threadId() % SLOTS);
  }
}
