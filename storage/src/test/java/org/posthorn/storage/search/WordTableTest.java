package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

class WordTableTest {
  @Test
  void givesEachWordOnceWithAllItsPlaces() {
    var random = new Random(1);
    var table = new WordTable();
    for (int round = 0; round < 20; round++) {
      table.clear();
      Map<String, List<Integer>> expected = new LinkedHashMap<>();
      int place = random.nextInt(10);
      int vocabulary = 1 + random.nextInt(1 << random.nextInt(16));
      while (!table.isFull()) {
        String word = "word-" + random.nextInt(vocabulary);
        place += random.nextInt(3) == 0 ? random.nextInt(100_000_000 / 40_000) : random.nextInt(3);
        table.add(new BytesRef(word), place);
        expected.computeIfAbsent(word, _ -> new ArrayList<>()).add(place);
      }
      assertThat(given(table)).isEqualTo(expected);
    }
  }

  private static Map<String, List<Integer>> given(WordTable table) {
    Map<String, List<Integer>> given = new LinkedHashMap<>();
    while (table.next()) {
      var places = new ArrayList<Integer>();
      places.add(table.firstPlace);
      int distance = 0;
      int shift = 0;
      for (int i = 0; i < table.others.length; i++) {
        byte b = table.others.bytes[i];
        distance |= (b & 0x7F) << shift;
        shift += 7;
        if (b >= 0) {
          places.add(places.getLast() + distance);
          distance = 0;
          shift = 0;
        }
      }
      assertThat(given.put(table.word.utf8ToString(), places)).isNull();
    }
    return given;
  }
}
