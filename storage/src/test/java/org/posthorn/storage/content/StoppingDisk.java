package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// A disk whose power goes at a chosen step: that step is done or not, or only half of it, and no
/// step after it. Used by one thread.
final class StoppingDisk implements Disk {
  /// What becomes of the step at which the power goes.
  enum Last {
    NOT_DONE,
    HALF_DONE,
    DONE
  }

  private interface Step {
    void run() throws IOException;
  }

  private final Last last;
  private int stepsLeft;
  private boolean stopped;

  StoppingDisk(int stepsLeft, Last last) {
    this.stepsLeft = stepsLeft;
    this.last = last;
  }

  boolean hasStopped() {
    return stopped;
  }

  @Override
  public DataFile create(Path path) throws IOException {
    step(() -> Disk.super.create(path).close());
    return DataFile.writable(path);
  }

  @Override
  public void write(DataFile file, long position, ByteBuffer bytes) throws IOException {
    if (stepsLeft == 0 && last == Last.HALF_DONE) {
      bytes.limit(bytes.position() + bytes.remaining() / 2);
      stepsLeft = -1;
      stopped = true;
      Disk.super.write(file, position, bytes);
      throw new IOException("The power is gone");
    }
    step(() -> Disk.super.write(file, position, bytes));
  }

  @Override
  public void force(DataFile file) throws IOException {
    step(() -> Disk.super.force(file));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    step(() -> Disk.super.move(from, to));
  }

  @Override
  public void delete(Path path) throws IOException {
    step(() -> Disk.super.delete(path));
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    step(() -> Disk.super.forceDirectory(directory));
  }

  private void step(Step step) throws IOException {
    stepsLeft--;
    if (stepsLeft >= 0 || (stepsLeft == -1 && last == Last.DONE)) {
      step.run();
    }
    if (stepsLeft < 0) {
      stopped = true;
      throw new IOException("The power is gone");
    }
  }
}
