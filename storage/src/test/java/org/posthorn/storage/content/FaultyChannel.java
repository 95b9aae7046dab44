package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An open file of a [FaultyDisk].
final class FaultyChannel extends FileChannel {
  private final FaultyDisk disk;
  private final Path path;
  private final FileChannel real;

  FaultyChannel(FaultyDisk disk, Path path, FileChannel real) {
    this.disk = disk;
    this.path = path;
    this.real = real;
  }

  Path path() {
    return path;
  }

  @Override
  public int write(ByteBuffer bytes, long position) throws IOException {
    int length = bytes.remaining();
    disk.writing(path, real, position, length);
    try {
      disk.before(FaultyDisk.Step.WRITE, path);
    } catch (IOException e) {
      real.write(bytes.slice(bytes.position(), length / 2), position);
      throw e;
    }
    return real.write(bytes, position);
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    int count = write(bytes, real.position());
    real.position(real.position() + count);
    return count;
  }

  @Override
  public long write(ByteBuffer[] bytes, int offset, int length) throws IOException {
    long count = 0;
    for (int i = offset; i < offset + length; i++) {
      count += write(bytes[i]);
    }
    return count;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    try {
      disk.before(FaultyDisk.Step.SYNC, path);
    } catch (IOException e) {
      disk.notSynced(path);
      throw e;
    }
    real.force(metaData);
    disk.synced(path);
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    real.truncate(size);
    return this;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    disk.reading(path, real.position(), into.remaining());
    return real.read(into);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    disk.reading(path, position, into.remaining());
    int limit = into.limit();
    into.limit(into.position() + disk.readable(path, position, into.remaining()));
    try {
      return real.read(into, position);
    } finally {
      into.limit(limit);
    }
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) throws IOException {
    return real.read(into, offset, length);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return real.map(mode, position, size);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    disk.closed(this);
    real.close();
  }
}
