package org.posthorn.storage.story;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/// A file that stories are written to, at its end, and what is read of it before it is a
/// [StoryFile]. Used by one thread at a time, but for what is [#reading].
final class OpenStoryFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final Frames frames;
  private final Instant since;

  /// The bytes that are whole.
  private int size;

  private OpenStoryFile(Path path, FileChannel channel, Frames frames, Instant since) {
    this.path = path;
    this.channel = channel;
    this.frames = frames;
    this.since = since;
  }

  static OpenStoryFile begin(Path path, Frames frames, Instant since) throws IOException {
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    var begun = new OpenStoryFile(path, channel, frames, since);
    try {
      begun.write(frames.head());
      return begun;
    } catch (IOException e) {
      // On a full disk: nobody could read what is written behind half a head.
      channel.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /// Half of it may be there when it fails: the next one is written over that.
  void append(List<byte[]> batch) throws IOException {
    write(frames.frame(Frames.Kind.BATCH, StoryCodec.batch(batch), /* compress= */ false, size));
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int at = size;
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
    size = at;
  }

  Path path() {
    return path;
  }

  long number() {
    return frames.file();
  }

  Instant since() {
    return since;
  }

  int size() {
    return size;
  }

  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// As far as it is written now; readable also when it is put away and deleted meanwhile.
  Reading reading() throws IOException {
    return new Reading(frames, FileChannel.open(path, StandardOpenOption.READ), size);
  }

  /// What somebody searches in while others go on writing.
  record Reading(Frames frames, FileChannel channel, int size) implements AutoCloseable {
    List<StoryEntry> find(Set<String> keys) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(size);
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
      return StoryFile.find(bytes.array(), keys, frames);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
