package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

final class RocksSearchTest implements MailSearchContract {
  private static final RocksSettings SETTINGS =
      new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"));

  @TempDir private Path directory;
  private int houses;

  @Override
  public SearchHouse house() {
    Path own = directory.resolve("house-" + houses++);
    return new SearchHouse(
        RocksEngine.open(own.resolve("rows"), SETTINGS), Optional.of(own.resolve("search")));
  }

  private Path index() {
    return directory.resolve("house-0").resolve("search");
  }

  @Test
  void goesOnWhereItWas() {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).containsExactly(1L);
      house.closeSearch();
      house.append(ANN, "Two", "second letter");
      house.searchIn(index());
      assertThat(house.found(ANN, Area.BODY, "letter")).containsExactly(1L, 2L);
    }
  }

  /// Killed between two commits: what was not committed is indexed again, once.
  @Test
  void losesNothingInACrash() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
      house.closeSearch();
      house.searchIn(index());
      for (int i = 0; i < 50; i++) {
        house.append(ANN, "More", "letter number " + i);
        house.append(BOB, "More", "letter number " + i);
      }
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(51);
      assertThat(house.found(BOB, Area.BODY, "letter")).hasSize(50);
      Path crashed = copied(index());
      house.closeSearch();
      house.append(ANN, "Later", "last letter");
      house.searchIn(crashed);
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(52);
      assertThat(house.found(BOB, Area.BODY, "number 7")).containsExactly(8L);
      house.closeSearch();
      house.searchIn(crashed);
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(52);
    }
  }

  @Test
  void comesBackWhenItIsDeleted() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
      house.closeSearch();
      delete(index());
      house.searchIn(index());
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
      house.search().rebuild();
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
    }
  }

  @Test
  void comesBackWhenItIsDeletedWhileItIsUsed() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
      delete(index());
      house.append(ANN, "Two", "second letter");
      assertThat(house.compare(ANN, Area.BODY, "letter")).isLessThanOrEqualTo(2);
      assertThat(house.found(ANN, Area.BODY, "letter")).containsExactly(1L, 2L);
      assertThat(index()).isNotEmptyDirectory();
    }
  }

  @Test
  void beginsAnewWhenTheFormIsNewer() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      house.closeSearch();
      try (var folder = FSDirectory.open(index());
          var writer = new IndexWriter(folder, new IndexWriterConfig())) {
        writer.setLiveCommitData(Map.of("posthorn-form", "99").entrySet());
        writer.commit();
      }
      house.searchIn(index());
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
    }
  }

  @Test
  void beginsAnewWhenFilesAreDamaged() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "first letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
      house.closeSearch();
      try (var files = Files.list(index())) {
        for (Path file : files.toList()) {
          Files.write(file, new byte[] {1, 2, 3});
        }
      }
      house.searchIn(index());
      assertThat(house.found(ANN, Area.BODY, "letter")).hasSize(1);
    }
  }

  private Path copied(Path folder) throws IOException {
    Path copy = directory.resolve("copy");
    Files.createDirectories(copy);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (var files = Files.list(folder)) {
      all = files.toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
    Files.delete(folder);
  }
}
