/// Tests of mailets and of whole chains, each in a line; for authors of plugins and for whoever
/// keeps a chain in a repository. The contracts and stand-ins are in `org.posthorn.mailet`.
@NullMarked
package org.posthorn.mailet.test;

import org.jspecify.annotations.NullMarked;
