/* The arguments of the call that is measured. */
#ifndef ECHO_H
#define ECHO_H

#define ECHO "\"hello world\",42,{\"a\":1,\"b\":[1,2,3]},\"zzzzzzzzzzzzzzzz\""

#endif
