package org.posthorn.attachment;

import java.util.Arrays;
import java.util.Random;

/// Spoils a document.
final class Mutation {
  private static final byte[] TELLING = {0, 1, -1, 127, -128, '<', '>', '(', ')', '{', '\\', '9'};

  private Mutation() {}

  static byte[] of(byte[] document, Random random) {
    byte[] spoiled = document.clone();
    int changes = 1 + random.nextInt(10);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(spoiled.length);
      int length = Math.min(spoiled.length - at, 1 + random.nextInt(64));
      switch (random.nextInt(4)) {
        case 0 -> spoiled[at] = (byte) random.nextInt(256);
        case 1 -> spoiled[at] = TELLING[random.nextInt(TELLING.length)];
        case 2 -> Arrays.fill(spoiled, at, at + length, TELLING[random.nextInt(TELLING.length)]);
        default -> {
          int from = random.nextInt(spoiled.length - length + 1);
          System.arraycopy(document, from, spoiled, at, length);
        }
      }
    }
    return random.nextInt(10) == 0
        ? Arrays.copyOf(spoiled, 1 + random.nextInt(spoiled.length))
        : spoiled;
  }
}
