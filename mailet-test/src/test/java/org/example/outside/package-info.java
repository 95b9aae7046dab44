/// Three mailets as somebody outside would write them, with docs/plugins.md beside.
@NullMarked
package org.example.outside;

import org.jspecify.annotations.NullMarked;
