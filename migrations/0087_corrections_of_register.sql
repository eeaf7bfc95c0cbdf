-- Pages tell what has been put right in their register, which is little of what has been changed in it.

create index register_change_corrected on register_change (register, id desc) where correction_id is not null;
