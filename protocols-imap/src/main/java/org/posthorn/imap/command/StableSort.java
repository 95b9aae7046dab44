package org.posthorn.imap.command;

/// Puts places in order without an object for each: a merge sort from the bottom up, which leaves
/// equal ones as they are and takes little time for what is in order already.
final class StableSort {
  private static final int RUN = 8;

  private StableSort() {}

  @FunctionalInterface
  interface Order {
    /// As `Comparator.compare`.
    int compare(int one, int other);
  }

  /// The numbers from 0 to `size` (exclusive), sorted.
  static int[] sorted(int size, Order order) {
    int[] places = new int[size];
    for (int i = 0; i < size; i++) {
      places[i] = i;
    }
    for (int from = 0; from < size; from += RUN) {
      insertionSort(places, from, Math.min(from + RUN, size), order);
    }
    int[] other = new int[size];
    for (long width = RUN; width < size; width *= 2) {
      for (long from = 0; from < size; from += 2 * width) {
        int middle = (int) Math.min(from + width, size);
        merge(places, (int) from, middle, (int) Math.min(from + 2 * width, size), other, order);
      }
      int[] sorted = other;
      other = places;
      places = sorted;
    }
    return places;
  }

  private static void insertionSort(int[] places, int from, int to, Order order) {
    for (int i = from + 1; i < to; i++) {
      int place = places[i];
      int at = i;
      while (at > from && order.compare(places[at - 1], place) > 0) {
        places[at] = places[at - 1];
        at--;
      }
      places[at] = place;
    }
  }

  private static void merge(int[] from, int start, int middle, int end, int[] to, Order order) {
    if (middle >= end || order.compare(from[middle - 1], from[middle]) <= 0) {
      System.arraycopy(from, start, to, start, end - start);
      return;
    }
    int left = start;
    int right = middle;
    for (int at = start; at < end; at++) {
      boolean takeLeft =
          right >= end || (left < middle && order.compare(from[left], from[right]) <= 0);
      to[at] = takeLeft ? from[left++] : from[right++];
    }
  }
}
