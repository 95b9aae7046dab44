package org.posthorn.storage.content;

final class InMemoryContentStoreTest implements ContentStoreContract {
  @Override
  public ContentStore emptyStore() {
    return new InMemoryContentStore();
  }
}
